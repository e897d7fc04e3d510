"""A real conversation played into a throwaway service, and what came of it: a client like any other."""
