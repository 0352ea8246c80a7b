using System.ComponentModel;
using System.Text.Json.Serialization;

namespace KernelGateway.AspNetCore.Description.Lines;

/// <summary>One line of an event stream. Lines are written from the kernel's bytes; these types only describe them.</summary>
[JsonPolymorphic(TypeDiscriminatorPropertyName = "type")]
[JsonDerivedType(typeof(StartedLine), "number_of_executions")]
[JsonDerivedType(typeof(StdoutLine), "stdout")]
[JsonDerivedType(typeof(StderrLine), "stderr")]
[JsonDerivedType(typeof(ResultLine), "result")]
[JsonDerivedType(typeof(ResultUpdateLine), "result_update")]
[JsonDerivedType(typeof(ClearOutputLine), "clear_output")]
[JsonDerivedType(typeof(InputRequestLine), "input_request")]
[JsonDerivedType(typeof(ErrorLine), "error")]
[JsonDerivedType(typeof(KeepAliveLine), "keepalive")]
[JsonDerivedType(typeof(EndLine), "end_of_execution")]
[Description("One event of an execution: one line.")]
internal abstract record EventLine
{
    [Description("The execution; with `detail` only.")]
    public string? ExecutionId { get; init; }

    [Description("The position in the execution, 1 for the first event: what a reader resumes after. With `detail` only.")]
    public long? Seq { get; init; }

    [Description("True for output that came after the end; with `detail` only.")]
    public bool? Late { get; init; }
}
