// Package bank reads bank statements: camt.052/053/054, MT940/942, BAI2, OFX and CSV, alone or zipped.
// All formats become one model: a Statement of Entries, each with one or more TxDetails. A reader streams:
// it never holds the file in memory, never uses floats, and says of each thing that is wrong where it
// stands, what it is and what to do. The package knows no database, no network and no clock.
package bank
