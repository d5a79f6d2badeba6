"""«Receta»: the script that writes a text again."""
