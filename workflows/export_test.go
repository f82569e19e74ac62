package workflows

// Exported for the tests of the words alone.
var (
	ActSummary = actSummary
	UntilWords = untilWords
)
