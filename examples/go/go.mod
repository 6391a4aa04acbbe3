// Where this is published, the path is that of its repository.
module example.org/pawl

go 1.19
