"""Why a cluster does not come to rest, field by field, and what helps."""
