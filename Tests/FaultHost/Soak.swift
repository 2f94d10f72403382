import ClassTracking
import Glibc

func soak(_ file: String) throws {}
