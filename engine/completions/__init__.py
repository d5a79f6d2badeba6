"""Models on servers that speak OpenAI's completions interface. Imports no torch."""
