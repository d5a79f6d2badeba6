"""The engine's other end: what a bot speaks to when replicas elsewhere hold the models.

A call is one HTTP request. Its body is a line of JSON that says what is asked; the answer is one
record a line, the last of which is the result or the error (`wire.py`). A second line of the body
stops the call, which then answers with what there is; a connection that ends stops it unanswered.
Every request is a pure value, so that a stream that breaks goes on at another replica.
"""
