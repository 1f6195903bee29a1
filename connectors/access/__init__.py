"""Commands of people with a name: users, proposals and approvals."""
