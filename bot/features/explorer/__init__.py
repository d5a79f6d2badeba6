"""`/explicar`: why each token came out, page by page."""
