using System.ComponentModel;

namespace KernelGateway.AspNetCore.Description.Lines;

/// <summary>The code waits for a line of input.</summary>
[Description("The code waits for a line of input, given through `POST /contexts/{id}/input`. Comes with `allow_stdin` only.")]
internal sealed record InputRequestLine : EventLine
{
    [Description("The prompt to show.")]
    public required string Prompt { get; init; }

    [Description("Whether what is typed should not be shown.")]
    public required bool Password { get; init; }
}
