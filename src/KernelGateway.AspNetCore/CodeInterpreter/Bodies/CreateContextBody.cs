using System.ComponentModel;
using KernelGateway.AspNetCore.Errors;
using KernelGateway.AspNetCore.Requests;
using Newtonsoft.Json.Linq;

namespace KernelGateway.AspNetCore.CodeInterpreter.Bodies;

/// <summary>The body of <c>POST /contexts</c>.</summary>
[Description("The language, directory and variables of a new context. Absent, null and empty fields have the default.")]
internal sealed record CreateContextBody
{
    [Description("The language, one of its aliases, or the name of a kernelspec. Default: `python`.")]
    public string? Language { get; init; }

    [Description("The same, as E2B's SDKs of mid-2024 call it. Ignored beside `language`.")]
    public string? Name { get; init; }

    [Description("The working directory, which must exist. Default: the gateway's option, otherwise its own directory. "
        + "`/home/user` stands for the default where it does not exist.")]
    public string? Cwd { get; init; }

    [Description("Environment variables of the kernel's process, also after restarts.")]
    public IReadOnlyDictionary<string, string>? EnvVars { get; init; }

    /// <summary>The fields of the body that are kept.</summary>
    public static readonly BodyShape Shape = BodyShape.Object(
        ("language", BodyShape.Value), ("name", BodyShape.Value), ("cwd", BodyShape.Value), ("env_vars", BodyShape.Map));

    public static CreateContextBody Read(JObject body, ValidationErrors errors)
    {
        var fields = new BodyFields(body, errors);
        return new CreateContextBody
        {
            Language = fields.OptionalText("language"),
            Name = fields.OptionalText("name"),
            Cwd = fields.OptionalText("cwd"),
            EnvVars = fields.Variables("env_vars"),
        };
    }
}
