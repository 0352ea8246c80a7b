using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using KernelGateway.AspNetCore.Requests;

namespace KernelGateway.AspNetCore.CodeInterpreter.Bodies;

/// <summary>The body of <c>POST /contexts/{id}/input</c>.</summary>
[Description("The answer to an `input_request` event.")]
internal sealed record InputBody
{
    /// <summary>The fields of the body that are kept.</summary>
    public static readonly BodyShape Shape = BodyShape.Object(("value", BodyShape.Value), ("execution_id", BodyShape.Value));

    [Required]
    [Description("The line, without a line break.")]
    public string Value { get; init; } = "";

    [Description("The execution that is meant; null for the one that runs.")]
    public string? ExecutionId { get; init; }
}
