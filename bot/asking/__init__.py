"""From what a person types to a request: options, layers of settings, prompts."""
