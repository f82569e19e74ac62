package main

import (
	"os"
	"strings"

	"dunlin/invoice"
)

// secret reads a setting that is better kept out of the environment: NAME holds the value, or NAME_FILE
// the path of a file with it.
func secret(getenv func(string) string, name string) (string, error) {
	file := getenv(name + "_FILE")
	switch value := getenv(name); {
	case file == "":
		return value, nil
	case value != "":
		return "", invoice.Invalid(name, "is set, and so is %s_FILE", name).WithHint("set one of them")
	}
	text, err := os.ReadFile(file)
	if err != nil {
		return "", invoice.Invalid(name+"_FILE", "names a file that cannot be read").WithHint("check the path and the rights of this user")
	}
	return strings.TrimSpace(string(text)), nil
}

// listOf splits a setting of several values.
func listOf(s string) []string {
	return strings.FieldsFunc(s, func(r rune) bool { return r == ',' || r == ' ' })
}
