"""`/ayuda`: how everything is used, and the glossary."""
