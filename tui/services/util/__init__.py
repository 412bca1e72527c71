"""Helpers of the services that know nothing of WeChat: clock, retries, tasks, threads, private files."""
