package main

import (
	"os"
	"runtime/pprof"
	"time"
)

func init() {
	if f := os.Getenv("LABPROF"); f != "" {
		go func() {
			time.Sleep(20 * time.Second)
			w, _ := os.Create(f)
			pprof.StartCPUProfile(w)
			time.Sleep(60 * time.Second)
			pprof.StopCPUProfile()
			w.Close()
			w, _ = os.Create(f + ".heap")
			pprof.WriteHeapProfile(w)
			w.Close()
		}()
	}
}
