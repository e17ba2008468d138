"""The page, in English and Chinese, over the same services as the command line."""
