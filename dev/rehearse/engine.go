package rehearse

import "syscall"

// stopEngine notes what processor time was used before the counting begins.
func (r *rehearsal) stopEngine() error {
	var own syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &own); err != nil {
		return err
	}
	r.report.Engine.CPULab = seconds(own.Utime) + seconds(own.Stime)
	r.report.Engine.CPUWork = r.lab.WorkerCPU()
	return nil
}

func seconds(t syscall.Timeval) float64 { return float64(t.Sec) + float64(t.Usec)/1e6 }
