"""`/lote`: a file of prompts in, the same kind of file out, with what the model wrote."""
