package main

import (
	"os"
	"runtime/pprof"
	"time"
)

func init() {
	if f := os.Getenv("LABPROF"); f != "" {
		go func() {
			d, _ := time.ParseDuration(os.Getenv("LABDELAY"))
			time.Sleep(d)
			w, _ := os.Create(f)
			pprof.StartCPUProfile(w)
			d, _ = time.ParseDuration(os.Getenv("LABFOR"))
			time.Sleep(d)
			pprof.StopCPUProfile()
			w.Close()
			w, _ = os.Create(f + ".heap")
			pprof.WriteHeapProfile(w)
			w.Close()
		}()
	}
}
