"""Printed matter: the document model, the documents composed on it, and their writers (PDF, XLSX)."""
