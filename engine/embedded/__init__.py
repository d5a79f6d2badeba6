"""The small Spanish model that ships inside the package, and how it was trained."""
