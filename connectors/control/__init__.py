"""The HTTP API: status, limits, proposals and approvals, the kill switch. Docs: docs/access.md."""
