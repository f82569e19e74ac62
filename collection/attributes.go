package collection

import "go.temporal.io/sdk/temporal"

// Search attributes of a case. Set at start; Stage and Balance again when the stage changes.
var (
	AttrCreditor = temporal.NewSearchAttributeKeyKeyword("DunlinCreditor")
	AttrDebtor   = temporal.NewSearchAttributeKeyKeyword("DunlinDebtor")
	AttrInvoice  = temporal.NewSearchAttributeKeyKeyword("DunlinInvoice")
	AttrStage    = temporal.NewSearchAttributeKeyKeyword("DunlinStage")
	AttrCurrency = temporal.NewSearchAttributeKeyKeyword("DunlinCurrency")
	AttrDueDate  = temporal.NewSearchAttributeKeyTime("DunlinDueDate")
	AttrBalance  = temporal.NewSearchAttributeKeyInt64("DunlinBalance") // minor units at the last stage change
)
