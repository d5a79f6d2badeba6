"""Live examples of the glossary's words, computed by the model that the reader uses."""
