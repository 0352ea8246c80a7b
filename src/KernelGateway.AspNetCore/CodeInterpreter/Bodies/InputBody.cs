using System.ComponentModel;
using System.ComponentModel.DataAnnotations;

namespace KernelGateway.AspNetCore.CodeInterpreter.Bodies;

/// <summary>The body of <c>POST /contexts/{id}/input</c>.</summary>
[Description("The answer to an `input_request` event.")]
internal sealed record InputBody
{
    [Required]
    [Description("The line, without its end.")]
    public string Value { get; init; } = "";

    [Description("The execution it is meant for; null for the one that runs.")]
    public string? ExecutionId { get; init; }
}
