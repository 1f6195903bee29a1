"""Value types with no trading in them: currencies, rates, identifiers, dates."""
