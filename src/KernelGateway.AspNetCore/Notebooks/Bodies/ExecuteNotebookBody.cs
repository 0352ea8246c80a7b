using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using KernelGateway.AspNetCore.Errors;
using KernelGateway.AspNetCore.Requests;
using Newtonsoft.Json.Linq;

namespace KernelGateway.AspNetCore.Notebooks.Bodies;

/// <summary>The body of <c>POST /api/notebooks/execute</c>.</summary>
[Description("A notebook to run. The body may also be the notebook itself, recognised by `nbformat`; the other fields are then query parameters.")]
internal sealed record ExecuteNotebookBody
{
    /// <summary>
    /// The fields of the body that are kept, unknown ones included, because the body may be the notebook itself.
    /// </summary>
    public static readonly BodyShape Shape = BodyShape.ObjectWith(
        BodyShape.Whole,
        ("kernel_name", BodyShape.Value),
        ("cwd", BodyShape.Value),
        ("env", BodyShape.Map),
        ("timeout", BodyShape.Value),
        ("allow_errors", BodyShape.Value),
        ("record_timing", BodyShape.Value),
        ("context_id", BodyShape.Value));

    [Required]
    [Description("The notebook, of format 4.0 to 4.5. Unknown fields are returned unchanged.")]
    public NotebookDocument? Notebook { get; init; }

    [Description("The kernelspec. Default: the notebook's own if it is installed, otherwise one of its language, otherwise the default one.")]
    public string? KernelName { get; init; }

    [Description("The working directory, which must exist. Default: the gateway's option, otherwise its own directory.")]
    public string? Cwd { get; init; }

    [Description("Environment variables of the kernel's process.")]
    public IReadOnlyDictionary<string, string>? Env { get; init; }

    [Description(
        "How many seconds one cell may run; then it is interrupted and the run ends. Absent: the server's default, usually no limit. "
        + "0: the longest that the server allows, usually no limit.")]
    [Range(0, 2592000)]
    public double? Timeout { get; init; }

    [Description("Whether the run continues after a cell that raises an error. The tag `raises-exception` allows it for one cell.")]
    public bool? AllowErrors { get; init; }

    [Description("Whether the metadata of the cells contain the times of their run (`execution`).")]
    public bool? RecordTiming { get; init; }

    [Description("Run it in this context instead of a new one; not together with `kernel_name`, `cwd` and `env`.")]
    public string? ContextId { get; init; }

    /// <summary>Reads all fields except the notebook; the value is valid when there are no errors.</summary>
    public static ExecuteNotebookBody Read(JObject body, TimeSpan longestTimeout, ValidationErrors errors)
    {
        var fields = new BodyFields(body, errors);
        var read = new ExecuteNotebookBody
        {
            KernelName = fields.OptionalText("kernel_name"),
            Cwd = fields.OptionalText("cwd"),
            Env = fields.Variables("env"),
            Timeout = fields.Seconds("timeout", longestTimeout)?.TotalSeconds,
            AllowErrors = fields.Flag("allow_errors"),
            RecordTiming = fields.Flag("record_timing"),
            ContextId = fields.OptionalText("context_id"),
        };
        if (read.ContextId is not null && (read.KernelName ?? read.Cwd ?? (object?)read.Env) is not null)
        {
            errors.Add("value_error", "An existing context has its kernel, directory and variables already", null, "body", "context_id");
        }

        return read;
    }
}
