package bank

// formats are the formats in the order in which a file is tried; CSV is last, because it has no marks of its own.
func formats() []format {
	return []format{zipFormat, camtFormat, mt940Format, bai2Format, ofxFormat, csvFormat}
}
