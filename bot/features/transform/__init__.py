"""`/transformar`: an encoder-decoder turns a text into another, and what changed is shown."""
