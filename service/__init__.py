"""Recordkeeper: records calls, speaks Twilio's Recordings API, keeps every fact."""

__version__ = "0.1.0"
