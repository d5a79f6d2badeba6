"""Requests under way: admission, limits, the job runner, the presenters' interface."""
