"""What every screen is built from: items, pages, panels, and the ways between them."""
