"""Carries questions and replies between a platform and the service; decides nothing."""
