using System.ComponentModel;

namespace KernelGateway.AspNetCore.CodeInterpreter.Bodies;

/// <summary>How many events of each kind an execution produced.</summary>
[Description("How many events of each kind an execution produced before its end.")]
internal sealed record CountsBody(
    [property: Description("Chunks of standard output.")] long Stdout,
    [property: Description("Chunks of standard error.")] long Stderr,
    [property: Description("Results and displayed data, updates not counted.")] long Results);
