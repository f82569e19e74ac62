//go:build race

package dunning_test

func init() { draws = 15 } // each takes seven times as long
