"""Bridges to other libraries; each loads only on request."""
