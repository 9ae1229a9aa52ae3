"""Its presence lets the tests below import `tiny` and `drawing` from this folder."""
