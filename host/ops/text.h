#pragma once

#include "host/base/text.h"
