using System.ComponentModel;
using KernelGateway.AspNetCore.Jupyter.Common;
using Newtonsoft.Json.Linq;

namespace KernelGateway.AspNetCore.Jupyter.Sessions;

/// <summary>The kernel that a session is to have.</summary>
[Description("The kernel that a session is to have: one that runs, by its id, or a new one.")]
internal sealed record SessionKernelBody
{
    [Description("The id of a kernel that runs. It wins over `name`.")]
    public string? Id { get; init; }

    [Description("The name of the kernelspec of a new kernel.")]
    public string? Name { get; init; }

    [Description("Variables of a new kernel's environment; those that are not allowed are left out.")]
    public IReadOnlyDictionary<string, string>? Env { get; init; }

    /// <exception cref="JupyterBodyException">A field is not what it should be.</exception>
    public static SessionKernelBody Read(JObject body)
    {
        var fields = new JupyterFields(body, "kernel.");
        return new SessionKernelBody { Id = fields.Text("id"), Name = fields.Text("name"), Env = fields.Variables("env") };
    }
}
