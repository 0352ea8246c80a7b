using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using KernelGateway.AspNetCore.CodeInterpreter.Bodies;
using KernelGateway.AspNetCore.Errors;
using KernelGateway.AspNetCore.Requests;
using Newtonsoft.Json.Linq;

namespace KernelGateway.AspNetCore.Notebooks.Bodies;

/// <summary>The body of <c>POST /api/notebooks/execute</c>.</summary>
[Description("A notebook to run. A notebook alone, recognised by `nbformat`, is taken too; the other fields are query parameters then.")]
internal sealed record ExecuteNotebookBody
{
    /// <summary>What of the body is kept: all that is not known here, too, since a notebook alone may be the body.</summary>
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
    [Description("The notebook, of format 4.0 to 4.5. What is not known of it comes back untouched.")]
    public NotebookDocument? Notebook { get; init; }

    [Description("The kernelspec to run it in. Default: the notebook's own if that is installed, else one of its language, else the default one.")]
    public string? KernelName { get; init; }

    [Description("The working directory, which has to exist. Default: the gateway's option, else its own.")]
    public string? Cwd { get; init; }

    [Description("Environment variables of the kernel's process.")]
    public IReadOnlyDictionary<string, string>? Env { get; init; }

    [Description("How many seconds one cell may run; then it is interrupted and the run is over. Absent or 0: no limit.")]
    [Range(0, 2592000)]
    public double? Timeout { get; init; }

    [Description("Whether the cells behind one that raises are run all the same. The tag `raises-exception` says so of one cell.")]
    public bool? AllowErrors { get; init; }

    [Description("Whether the cells say in their metadata when they ran (`execution`).")]
    public bool? RecordTiming { get; init; }

    [Description("Run it in this context instead of a fresh one; not together with `kernel_name`, `cwd` and `env`.")]
    public string? ContextId { get; init; }

    /// <summary>Reads everything but the notebook; the value is good when there are no errors.</summary>
    public static ExecuteNotebookBody Read(JObject body, ValidationErrors errors)
    {
        var fields = new BodyFields(body, errors);
        var read = new ExecuteNotebookBody
        {
            KernelName = fields.OptionalText("kernel_name"),
            Cwd = fields.OptionalText("cwd"),
            Env = fields.Variables("env"),
            Timeout = fields.Seconds("timeout", ExecuteBody.LongestTimeout)?.TotalSeconds,
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
