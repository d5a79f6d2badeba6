"""`/modelos`: the models that are here."""
