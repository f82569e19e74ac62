package dunning_test

import (
	"flag"
	"fmt"
	"os"
	"testing"
)

// draws is how many cases a property is tried with unless -rapid.checks says so; -short takes a fifth.
var draws = 100

func TestMain(m *testing.M) {
	flag.Parse()
	asked := false
	flag.Visit(func(f *flag.Flag) { asked = asked || f.Name == "rapid.checks" })
	if !asked {
		if err := flag.Set("rapid.checks", fmt.Sprint(draws)); err != nil {
			panic(err)
		}
	}
	os.Exit(m.Run())
}
