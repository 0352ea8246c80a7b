using System.ComponentModel;
using KernelGateway.AspNetCore.Jupyter.Common;
using KernelGateway.AspNetCore.Requests;
using Newtonsoft.Json.Linq;

namespace KernelGateway.AspNetCore.Jupyter.Terminals;

/// <summary>A terminal as Jupyter's clients know it.</summary>
[Description("A terminal.")]
internal sealed record TerminalBody(
    [property: Description("Its name.")] string Name,
    [property: Description("When something was typed or printed last, UTC.")] string LastActivity);

/// <summary>The terminal that a client wants.</summary>
[Description("A terminal to create.")]
internal sealed record CreateTerminalBody
{
    public static readonly BodyShape Shape = BodyShape.Object(("name", BodyShape.Value), ("cwd", BodyShape.Value));

    [Description("Its name: letters, digits and underscores. Absent, the first free number. If there is a terminal of this name, it is returned.")]
    public string? Name { get; init; }

    [Description("The directory in which its shell starts, absolute or below the default directory. One that does not exist is ignored.")]
    public string? Cwd { get; init; }

    /// <exception cref="JupyterBodyException">A field is invalid.</exception>
    public static CreateTerminalBody Read(JObject body)
    {
        var fields = new JupyterFields(body);
        var name = fields.Text("name");
        if (name is not null && !TerminalName.IsPossible(name))
            throw new JupyterBodyException("'name' has to consist of at most 64 letters, digits and underscores.");
        return new CreateTerminalBody { Name = name, Cwd = fields.Text("cwd") };
    }
}
