"""FIX 4.4 over QuickFIX: sessions, and our own codec between FIX messages and events or effects."""
