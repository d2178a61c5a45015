"""HTTP and HTML: one module per noun; the only room that knows either."""
