"""Pictures: one module a chart, plain values in, PNG bytes out; draw them in a worker thread."""
