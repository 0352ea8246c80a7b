using System.ComponentModel;
using KernelGateway.AspNetCore.Jupyter.Common;
using KernelGateway.AspNetCore.Requests;
using Newtonsoft.Json.Linq;

namespace KernelGateway.AspNetCore.Jupyter.Kernels;

/// <summary>The body of <c>POST /api/kernels</c>.</summary>
[Description("The kernelspec, directory and variables of a new kernel. Absent, null and empty fields have the default.")]
internal sealed record StartKernelBody
{
    /// <summary>The fields of the body that are kept.</summary>
    public static readonly BodyShape Shape = BodyShape.Object(
        ("name", BodyShape.Value), ("path", BodyShape.Value), ("cwd", BodyShape.Value), ("kernel_id", BodyShape.Value), ("env", BodyShape.Map));

    [Description("The name of the kernelspec. Default: the `default` of `/api/kernelspecs`.")]
    public string? Name { get; init; }

    [Description("A path below the server's directory, with `/`; the kernel starts in it, or in the closest of its parents that exists.")]
    public string? Path { get; init; }

    [Description("The directory in which the kernel starts, which must exist; it overrides `path`.")]
    public string? Cwd { get; init; }

    [Description("The id, a UUID. If a kernel with this id exists, it is returned.")]
    public string? KernelId { get; init; }

    [Description("Variables of the kernel's environment; those that are not allowed are left out.")]
    public IReadOnlyDictionary<string, string>? Env { get; init; }

    /// <summary>Reads the body.</summary>
    /// <exception cref="JupyterBodyException">A field is invalid.</exception>
    public static StartKernelBody Read(JObject body)
    {
        var fields = new JupyterFields(body);
        var env = fields.Variables("env");
        return new StartKernelBody
        {
            Name = fields.Text("name"),
            Path = fields.Text("path"),
            Cwd = fields.Text("cwd"),
            KernelId = KernelVariables.CheckId("kernel_id", fields.Text("kernel_id")) ?? KernelVariables.IdIn(env),
            Env = env,
        };
    }
}
