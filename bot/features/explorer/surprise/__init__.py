"""«Explicar este mensaje»: a text coloured by surprise."""
